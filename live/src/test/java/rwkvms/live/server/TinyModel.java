package rwkvms.live.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import rwkvms.runtime.NotEvaluatedException;

/** The tiny model, made and loaded once per process. */
final class TinyModel {
    private static final ServedModel MODEL = load();

    private TinyModel() {
    }

    private static ServedModel load() {
        try {
            Path folder = Files.createTempDirectory("tiny-model");
            ServedModel model = ServedModel.tiny(folder);
            folder.toFile().deleteOnExit();
            model.base().toFile().deleteOnExit();
            model.sidecarFile().toFile().deleteOnExit();
            return model;
        } catch (IOException | NotEvaluatedException e) {
            throw new IllegalStateException(e);
        }
    }

    static ServedModel get() {
        return MODEL;
    }
}
