package rwkvms.state.live;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Tests of a class that share one live model. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
abstract class OnLiveModel {
    Path folder;
    LiveModel model;

    @BeforeAll
    void load(@TempDir Path made) throws Exception {
        folder = made;
        model = LiveModel.in(folder, LiveModel.Engine.shared());
    }

    @AfterAll
    void close() {
        model.close();
    }
}
